// The time zone of the reader's machine, unless another was chosen; and the work that the form asks for, if it does. The form
// works without any of it.
(function () {
  "use strict";
  var form = document.querySelector("form.join");
  if (!form) return;

  var zones = form.elements.zone, mine = "";
  try { mine = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (e) { /* an old browser */ }
  if (zones && mine && zones.hasAttribute("data-guess")) {
    var known = Array.prototype.some.call(zones.options, function (o) { return o.value === mine; });
    if (!known && mine !== "UTC") zones.add(new Option(mine.replace(/_/g, " "), mine));
    zones.value = mine;
    if (zones.selectedIndex < 0) zones.value = zones.getAttribute("data-guess");
  }

  var work = form.elements.work, working = false;
  if (!work) return;
  function begin(then) {
    if (working) return;
    working = true;
    tidingsWork.solve(form.elements.stamp.value, +work.getAttribute("data-work"), function (n) {
      work.value = n;
      if (then) then();
    });
  }
  form.addEventListener("focusin", function () { begin(); });
  form.addEventListener("submit", function (e) {
    var pressed = e.submitter;
    if (work.value || pressed && pressed.value === "preview") return;
    e.preventDefault();
    form.setAttribute("aria-busy", "true");
    working = false;
    begin(function () {
      form.removeAttribute("aria-busy");
      form.requestSubmit(pressed);
    });
  });
})();
