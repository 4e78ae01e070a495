// Package talkit holds the nouns of Talkit: what people dictate, what becomes
// of it, and who may read it. It imports the standard library only; everything
// else imports it.
package talkit
