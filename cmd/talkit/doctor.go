package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"talkit/internal/audio"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/internal/speech/install"
)

type doctorCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// finding is one thing the doctor looked at.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Words string `json:"message"`
}

// Run checks everything; it fails if anything needs mending.
func (d *doctorCmd) Run(c *command) error {
	if err := d.Complete(); err != nil {
		return err
	}
	findings := d.examine(c)
	ill := 0
	for _, f := range findings {
		if !f.OK {
			ill++
		}
	}
	if d.JSON {
		if err := c.printJSON(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(c.out, "%-9s %-4s %s\n", f.Check, map[bool]string{true: "ok", false: "MEND"}[f.OK], f.Words)
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of %d checks need mending", ill, len(findings))
	}
	return nil
}

func (d *doctorCmd) examine(c *command) []finding {
	parts, err := c.open(&d.Config)
	if err != nil {
		return append(d.machine(c), finding{"database", false, words(err)})
	}
	defer parts.Close()
	return append(d.machine(c),
		report("database", fmt.Sprintf("%s answers", parts.DB.Dialect), parts.DB.Ping(c)),
		report("secrets", "all sealed secrets open", parts.App.CheckSealed(c)),
		report("storage", "a blob was kept and deleted", parts.Blobs.Check(c)),
		clock(c, parts))
}

// machine checks what needs no data.
func (d *doctorCmd) machine(ctx context.Context) []finding {
	found := []finding{report("ffmpeg", "ffmpeg and ffprobe are there", audio.Available()), d.disk()}
	if d.Engine == "manual" {
		return append(found, finding{"engine", true, "texts are written by hand (TALKIT_ENGINE=manual)"})
	}
	return append(found, report("engine", "the engine and the model "+d.Model+" are whole", install.Verify(ctx, d.Engines, d.Model)))
}

func report(check, well string, err error) finding {
	if err != nil {
		return finding{check, false, words(err)}
	}
	return finding{check, true, well}
}

// lowDisk is when little room is left, in bytes.
const lowDisk = 2 << 30

func (d *doctorCmd) disk() finding {
	folder, err := filepath.Abs(d.Data)
	if err != nil {
		return report("disk", "", err)
	}
	for folder != "/" {
		if _, err := os.Stat(folder); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return report("disk", "", err)
	}
	free := int64(stat.Bavail) * int64(stat.Bsize)
	text := fmt.Sprintf("%d MB are free for %s", free/1_000_000, d.Data)
	if free < lowDisk {
		return finding{"disk", false, text + ": free some room, or move TALKIT_DATA to a larger disk"}
	}
	return finding{"disk", true, text}
}

// maxSkew is what this machine's clock may differ from the database's: tokens
// and webhooks are judged with a minute of leeway.
const maxSkew = 10 * time.Second

func clock(ctx context.Context, parts *server.Parts) finding {
	skew, err := parts.DB.ClockSkew(ctx)
	switch {
	case err != nil:
		return report("clock", "", err)
	case time.Now().Year() < 2026:
		return finding{"clock", false, "the clock of this machine says " + time.Now().Format(time.RFC3339) + ": set it, best by NTP"}
	case skew.Abs() > maxSkew:
		return finding{"clock", false, fmt.Sprintf("the clock of this machine is %v off the database's: set both by NTP", skew.Round(time.Second))}
	}
	return finding{"clock", true, time.Now().UTC().Format(time.RFC3339)}
}
