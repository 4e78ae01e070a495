package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is where figures come from; they mean little without it.
type Machine struct {
	Date      string `json:"date"`
	Cores     int    `json:"cores"`
	CPU       string `json:"cpu"`
	MemoryMiB int64  `json:"memory_mib"`
	OS        string `json:"os"`
	Go        string `json:"go"`
	Load      string `json:"load"`
}

func thisMachine() Machine {
	return Machine{
		Date: time.Now().UTC().Format(time.RFC3339), Cores: runtime.NumCPU(), CPU: field("/proc/cpuinfo", "model name", ":"),
		MemoryMiB: kibibytes(field("/proc/meminfo", "MemTotal", ":")) >> 10,
		OS:        strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`) + " " + runtime.GOARCH,
		Go:        runtime.Version(), Load: load(),
	}
}

// load is how busy others keep the machine.
func load() string {
	content, _ := os.ReadFile("/proc/loadavg")
	words := strings.Fields(string(content))
	return strings.Join(words[:min(3, len(words))], " ")
}

// field reads a line of one of the files in which Linux tells of itself, ""
// where there is none.
func field(path, name, separator string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(content) {
		key, value, found := strings.Cut(string(line), separator)
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func kibibytes(text string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	return n
}

// resident and peak are what a process has in memory, in MiB, and had at most
// since forgetPeak.
func resident(pid int) float64 { return float64(kibibytes(field(status(pid), "VmRSS", ":"))) / 1024 }
func peak(pid int) float64     { return float64(kibibytes(field(status(pid), "VmHWM", ":"))) / 1024 }

// processorTime is what a process took of the cores so far. Unlike a rate it
// hardly depends on what else the machine does.
func processorTime(pid int) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ, the same on every Linux
	content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:])) // the name before it can hold anything
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}

func status(pid int) string { return fmt.Sprintf("/proc/%d/status", pid) }

func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}
