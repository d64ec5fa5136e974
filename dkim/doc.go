// Package dkim signs messages so that whoever receives one can tell that nothing in it was changed, and who answers for it
// (RFC 6376): the same message at the same instant always gets the same octets.
//
// Every key signs, each with a field of its own. So RSA and Ed25519 (RFC 8463) stand side by side, since many verifiers know the
// first alone, and a rotation is a new selector that is added and an old one that goes once its last mail was read.
//
// Header and body are signed in their relaxed form, the body to its end: without l=, nothing can be put below it. What a
// reader sees or answers to, what says how the body is read, and the two fields to unsubscribe are named once more than they are there,
// so that no second one can be put above them.
//
// The body comes in two pieces. What all messages of an edition begin with is hashed once, by Prepare. SHA-256 runs from the
// front, and so what stands behind the first blank that is filled for each reader is hashed for each reader.
package dkim
