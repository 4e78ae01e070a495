// Package auth makes and checks credentials: keys, installation tokens and
// passwords; and it seals the secrets that must be read back.
//
// It knows no database. What it says about a credential is for its caller, who
// finds the row that belongs to it.
package auth
