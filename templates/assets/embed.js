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
    var asked = null;
    form.addEventListener("focusin", function () { asked = asked || ask(form); });
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      asked = asked || ask(form);
      var turn = asked;
      asked = null;
      form.setAttribute("aria-busy", "true");
      turn.ready.then(function (given) {
        var body = new URLSearchParams(new FormData(form));
        body.set("stamp", given.stamp);
        body.set("work", given.proof || "");
        return fetch(turn.url, {method: "POST", body: body, credentials: "omit"});
      }).then(function (r) { return r.json(); }).then(function (answer) {
        form.removeAttribute("aria-busy");
        if (answer.again) throw new Error("the page knows better");
        tell(form, answer.title ? answer.title + ". " + answer.text : answer.text);
        if (answer.done) form.reset();
      }).catch(function () {
        form.removeAttribute("aria-busy");
        form.submit(); // sends it without coming here again
      });
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll("form[data-tidings]"), serve);
})();
