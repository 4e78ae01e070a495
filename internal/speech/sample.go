package speech

import _ "embed"

// Sample is speech that any engine can recognise: 2.2 s of it, 16 kHz mono
// s16le, "And so, my fellow Americans" (John F. Kennedy, 1961; in the public
// domain). What fails at another piece and does this one is in order itself.
//
//go:embed sample.pcm
var Sample []byte
