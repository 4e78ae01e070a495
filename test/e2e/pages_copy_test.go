package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"talkit/internal/speech/enginetest"
)

// clipboard is what the browser has copied, which this page may read.
func (b *tab) clipboard() string {
	b.t.Helper()
	b.permit("clipboard-read")
	return value[string](b, "navigator.clipboard.readText()")
}

func (b *tab) permit(name string) {
	b.t.Helper()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, Origin: b.URL()})
	if err != nil {
		b.t.Fatal(err)
	}
}

const noMenu = `!document.querySelector("details[open]")`

// TestDownloadAndCopy: a note is taken along in each form, and its text by the
// clipboard, by pressing what stands on the page.
func TestDownloadAndCopy(t *testing.T) {
	t.Parallel()
	needLong(t)
	needFFmpeg(t)
	w := setup(t, serve(t, "--engine=manual"))
	r := w.heardIn(wav(enginetest.Tone(12)), "Met Tom today. |He signs.", field{"name", "Tom " + canary})
	b := browse(t, w.site)
	folder := t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder})
	if err != nil {
		t.Fatal(err)
	}
	b.signIn(w.person)
	b.open(notePath(r))
	for link, want := range map[string][2]string{
		"Text (.txt)": {"txt", "Met Tom today.\n\nHe signs."}, "Markdown (.md)": {"md", "# Tom"}, "Captions (.srt)": {"srt", "1\n"},
		"Captions (.vtt)": {"vtt", "WEBVTT"}, "All of it (.json)": {"json", "{"}, "The sound": {"wav", "RIFF"},
	} {
		b.press("Download")
		b.press(link)
		b.wait(noMenu)
		path := filepath.Join(folder, "Tom "+canary+"."+want[0])
		until(t, link+" is on the disk", func() bool {
			content, err := os.ReadFile(path)
			return err == nil && strings.HasPrefix(string(content), want[1])
		})
	}

	b.press("Download")
	b.click("h1")
	b.wait(noMenu)
	b.press("Download")
	b.keys(kb.Escape)
	b.wait(noMenu + ` && document.activeElement.textContent === "Download"`)
	b.permit("clipboard-write")
	b.press("Copy text")
	b.see("The text is copied.")
	if got := b.clipboard(); got != "Met Tom today.\n\nHe signs." {
		t.Errorf("copied %q", got)
	}
	b.open("/app/settings/access")
	b.fill("name", "laptop")
	b.press("Create key")
	b.press("Copy")
	b.see("Copied.")
	key := value[string](b, `document.querySelector("#once").textContent`)
	log.hide("a user key", key)
	if b.clipboard() != key {
		t.Error("what is copied is not the key")
	}
}
