// Comfort only; every page works without it.
(function () {
  "use strict";

  DKFDS.init();

  // A button for paper, where there is a window to print.
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });

  // Some answers bring further questions. Without scripts a button fetches them; here they come by themselves, in place, so that
  // neither the place on the page nor the focus is lost.
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    var button = form && form.querySelector("button[value='update']");
    if (button && event.target.matches("[data-opens]")) {
      update(form, button, event.target.id);
    }
  });

  // The number of the newest update: what an older one brings is out of date.
  var newest = 0;

  function update(form, button, changed) {
    var number = (newest += 1);
    var sent = new URLSearchParams(new FormData(form, button));
    questionsOf(form).setAttribute("aria-busy", "true");
    // Not form.action: the buttons are called "action" and hide it.
    fetch(form.getAttribute("action"), { method: "POST", body: sent, credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.text() : Promise.reject(new Error("not updated"));
      })
      .then(function (text) {
        var fresh = questionsOf(new DOMParser().parseFromString(text, "text/html"));
        if (!fresh) {
          // The login has ended: what was typed is kept, and the next step leads to the login.
          throw new Error("another page");
        }
        if (number === newest) {
          replace(questionsOf(form), fresh, changed);
        }
      })
      .catch(function () {
        // What could not be fetched comes with the next step.
        questionsOf(form).removeAttribute("aria-busy");
      });
  }

  function questionsOf(place) {
    return place.querySelector("[data-questions]");
  }

  // What was typed while the answer was on its way stays, and so does the place where somebody is typing.
  function replace(old, fresh, changed) {
    old.querySelectorAll("input, select, textarea").forEach(function (input) {
      var same = input.id && fresh.querySelector("#" + CSS.escape(input.id));
      if (same) {
        same.value = input.value;
        same.checked = input.checked;
      }
    });
    var active = old.contains(document.activeElement) ? document.activeElement : null;
    var caret = active && active.type === "text" ? active.selectionStart : null;
    old.replaceWith(fresh);
    var place = document.getElementById(active ? active.id : changed);
    if (place) {
      place.focus();
      if (caret !== null && place.type === "text") {
        place.setSelectionRange(caret, caret);
      }
    }
  }

  // The key in the form makes two clicks one submission; the second would only throw away the page with the receipt.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (event.submitter && event.submitter.value === "send") {
        if (form.dataset.sent) {
          event.preventDefault();
        }
        form.dataset.sent = "yes";
      }
    });
    // Gone back to: the button works again.
    window.addEventListener("pageshow", function () {
      delete form.dataset.sent;
    });
  });
})();
