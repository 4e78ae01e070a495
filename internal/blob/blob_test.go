package blob

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"talkit"
)

func TestFullIsSaidToPeople(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		err := (&source{}).failed(fmt.Errorf("copy: %w", &fs.PathError{Op: "write", Path: "x", Err: errno}))
		if talkit.KindOf(err) != talkit.StorageFull {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := (&source{}).failed(syscall.EIO); talkit.KindOf(err) != talkit.Internal {
		t.Errorf("EIO: %v", err)
	}
}

func TestParseS3URL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]s3Place{
		"s3://audio":                              {"audio", "", "s3.amazonaws.com", "us-east-1", true},
		"s3://audio/":                             {"audio", "", "s3.amazonaws.com", "us-east-1", true},
		"s3://audio/talkit/live/?region=eu-1":     {"audio", "talkit/live/", "s3.amazonaws.com", "eu-1", true},
		"s3://audio?endpoint=minio:9000":          {"audio", "", "minio:9000", "us-east-1", true},
		"s3://a-b/c?endpoint=http://[::1]:9000/":  {"a-b", "c/", "[::1]:9000", "us-east-1", false},
		"s3://a/b?endpoint=https%3A%2F%2Fs3.test": {"a", "b/", "s3.test", "us-east-1", true},
	} {
		if got, err := parseS3URL(url); err != nil || got != want {
			t.Errorf("%s: %+v, %v", url, got, err)
		}
	}
	for _, url := range []string{"", "audio", "file:///audio", "s3:audio", "s3:///audio", "s3://AKIA:hunter2@audio", "s3://audio?region=",
		"s3://audio?endpoint=ftp://x", "s3://audio?endpoint=http://u:hunter2@x", "s3://audio?endpoint=x/path", "s3://audio?secret=hunter2",
		"s3://audio?region=a&region=b", "s3://audio#hunter2", "s3://a:hunter2:b/\x7f"} {
		if _, err := parseS3URL(url); err == nil {
			t.Errorf("%q accepted", url)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats a secret: %v", url, err)
		}
	}
}
