// Comfort only; every page works without it.
(function () {
  "use strict";

  DKFDS.init();

  // Some answers bring further questions. Without scripts a button fetches them; here they come by themselves, in place, so that
  // neither the place on the page nor the focus is lost.
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    var button = form && form.querySelector("button[value='update']");
    if (button && event.target.matches("[data-opens]")) {
      update(form, button, event.target.id);
    }
  });

  function update(form, button, changed) {
    var sent = new URLSearchParams(new FormData(form, button));
    // Not form.action: the buttons are called "action" and hide it.
    fetch(form.getAttribute("action"), { method: "POST", body: sent, credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.text() : Promise.reject(new Error("not updated"));
      })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        form.querySelector("[data-questions]").replaceWith(page.querySelector("[data-questions]"));
        document.getElementById(changed).focus();
      })
      .catch(function () {
        // What could not be fetched comes with the next step.
      });
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
  });
})();
