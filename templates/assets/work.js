// Work that a form may ask for: a number such that the hash of the form's stamp and it begins with so many zero bits. It costs a
// reader's machine a moment, and whoever sends a million forms a million moments. Browsers have SHA-256, but not where a site
// is served without TLS. FIPS 180-4, for texts below 56 octets more than the 64 that a block has: one block or two.
var tidingsWork = (function () {
  "use strict";
  function constants() {
    var primes = [], roots = [], starts = [];
    for (var n = 2; primes.length < 64; n++) {
      if (primes.every(function (p) { return n % p; })) {
        primes.push(n);
        roots.push((Math.cbrt(n) % 1) * 4294967296 | 0);
        if (starts.length < 8) starts.push((Math.sqrt(n) % 1) * 4294967296 | 0);
      }
    }
    return {k: roots, h: starts};
  }
  var c = constants(), w = new Int32Array(64);

  function block(h, at, words) {
    for (var i = 0; i < 16; i++) w[i] = words[at + i];
    for (; i < 64; i++) {
      var x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + w[i - 7] +
        ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
    }
    var a = h[0], b = h[1], d = h[2], e = h[3], f = h[4], g = h[5], j = h[6], l = h[7];
    for (i = 0; i < 64; i++) {
      var t = l + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (f & g ^ ~f & j) + c.k[i] + w[i] | 0;
      var u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & d ^ b & d) | 0;
      l = j; j = g; g = f; f = e + t | 0; e = d; d = b; b = a; a = t + u | 0;
    }
    return [h[0] + a | 0, h[1] + b | 0, h[2] + d | 0, h[3] + e | 0, h[4] + f | 0, h[5] + g | 0, h[6] + j | 0, h[7] + l | 0];
  }

  function sha256(text) { // of ASCII alone
    var n = text.length, blocks = (n + 72) >> 6, words = new Int32Array(blocks * 16), h = c.h;
    for (var i = 0; i < n; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - i % 4 * 8);
    words[n >> 2] |= 128 << (24 - n % 4 * 8);
    words[words.length - 1] = n * 8;
    for (i = 0; i < blocks; i++) h = block(h, i * 16, words);
    return h;
  }

  // solve looks for the number, a little at a time, and gives it to done.
  function solve(stamp, bits, done) {
    var n = 0;
    (function some() {
      for (var end = n + 3000; n < end; n++) {
        var h = sha256(stamp + ":" + n);
        if (bits <= 32 ? !bits || h[0] >>> (32 - bits) === 0 : h[0] === 0 && h[1] >>> (64 - bits) === 0) return done(String(n));
      }
      setTimeout(some, 0);
    })();
  }
  return {sha256: sha256, solve: solve};
})();
