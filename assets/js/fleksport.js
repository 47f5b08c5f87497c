// Comfort only; every page works without it.
(function () {
  "use strict";

  DKFDS.init();

  // Choosing another answer brings the questions that follow from it, as the button "Opdatér" does without scripts.
  document.querySelectorAll("form [data-opens]").forEach(function (control) {
    control.addEventListener("change", function () {
      control.form.requestSubmit(control.form.querySelector("button[value='update']"));
    });
  });

  // The key in the form makes two clicks one submission; the second would only throw away the page with the receipt.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) {
        event.preventDefault();
      }
      form.dataset.sent = "yes";
    });
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });
})();
