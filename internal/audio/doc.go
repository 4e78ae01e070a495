// Package audio turns any ordinary recording into the sound that engines
// hear (16 kHz, mono, 16-bit signed little endian) and splits it at pauses.
//
// ffprobe and ffmpeg do the reading, each in a child process: what they parse
// comes from strangers, so a child gets a whitelist of formats and nothing but
// local files to open, limits on memory, CPU and wall time, no standard input,
// none of our environment's secrets, and dies with us.
package audio

import (
	"os/exec"

	"talkit"
)

// Available tells whether ffprobe and ffmpeg are on the machine: nil, or an
// Unavailable error that says how to install them.
func Available() error {
	for _, program := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(program); err != nil {
			return missing(program, err)
		}
	}
	return nil
}

func missing(program string, cause error) error {
	return talkit.Errorf(talkit.Unavailable,
		"%s is not installed, so sound cannot be read. Install ffmpeg: “sudo apt install ffmpeg” on Debian and Ubuntu, “brew install ffmpeg” on macOS.",
		program).Because(cause)
}
