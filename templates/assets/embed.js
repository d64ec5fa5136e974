// Forms of other sites: <form data-tidings action="https://…/subscribe/embed" method="post">. What is typed there is sent from there,
// and the answer shown below the form. Whatever keeps that from working, the form is sent as if there were no script.
(function () {
  "use strict";
  var home = document.currentScript.src.replace(/\.js(\?.*)?$/, ".json");

  function ask(form) {
    var language = form.elements.lang && form.elements.lang.value || document.documentElement.lang;
    var url = home + (language ? "?lang=" + encodeURIComponent(language) : "");
    var ready = fetch(url, {credentials: "omit"}).then(function (r) { return r.json(); }).then(function (given) {
      return new Promise(function (done) {
        setTimeout(function () { // no person is faster
          if (!given.work) return done(given);
          tidingsWork.solve(given.stamp, given.work, function (n) { given.proof = n; done(given); });
        }, given.wait);
      });
    });
    ready.catch(function () { /* told when the form is sent */ });
    return {url: url, ready: ready};
  }

  function tell(form, text) {
    var said = form.querySelector("[data-tidings-said]");
    if (!said) {
      said = document.createElement("p");
      said.setAttribute("role", "status");
      said.setAttribute("data-tidings-said", "");
      form.appendChild(said);
    }
    said.textContent = text;
  }

  function serve(form) {
    var asked = null, running = false, pressed = null;
    var buttons = form.querySelectorAll("button, input[type=submit], input[type=image]");

    function run(on) { // one at a time: whatever is pressed meanwhile counts for nothing
      if (on) pressed = document.activeElement;
      running = on;
      if (on) form.setAttribute("aria-busy", "true"); else form.removeAttribute("aria-busy");
      Array.prototype.forEach.call(buttons, function (b) { b.disabled = on; });
      if (!on && pressed && form.contains(pressed) && document.activeElement === document.body) pressed.focus();
    }

    form.addEventListener("focusin", function () { if (!running) asked = asked || ask(form); });
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      if (running) return;
      var turn = asked || ask(form);
      asked = null;
      run(true);
      turn.ready.then(function (given) {
        var body = new URLSearchParams(new FormData(form));
        body.set("stamp", given.stamp);
        body.set("work", given.proof || "");
        return fetch(turn.url, {method: "POST", body: body, credentials: "omit"});
      }).then(function (r) { return r.json(); }).then(function (answer) {
        if (answer.again) throw new Error("the page knows better");
        return answer;
      }).then(function (answer) { // it is answered: from here on nothing leads away
        run(false);
        tell(form, answer.title ? answer.title + ". " + answer.text : answer.text);
        if (answer.done) form.reset();
      }, function () {
        run(false);
        HTMLFormElement.prototype.submit.call(form); // sends it without coming here again
      });
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll("form[data-tidings]"), serve);
})();
