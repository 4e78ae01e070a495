package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"talkit/internal/speech/enginetest"
)

// TestTheBrowserWouldInstall: it finds nothing wrong with the manifest, its
// icons and its address; the app's shortcut records at once.
func TestTheBrowserWouldInstall(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := hearing(t, w, enginetest.Clips(t)[0])
	manifest, err := chromedp.Call(b.ctx, cdppage.GetAppManifest, cdppage.GetAppManifestParams{})
	if err != nil || manifest.URL != w.URL()+"/app/manifest.webmanifest" || len(manifest.Data) == 0 || len(manifest.Errors) > 0 {
		t.Errorf("the manifest at %q: %v, %v", manifest.URL, manifest.Errors, err)
	}
	lacks, err := chromedp.Call(b.ctx, cdppage.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range lacks.InstallabilityErrors {
		t.Errorf("it would not install: %s", e.ErrorID)
	}
	b.open("/app?record")
	b.wait(isRecording + ` && location.search === ""`)
	b.click("[data-record]")
	b.waitFor(patience, allSent)
}
