package blob_test

import (
	"testing"

	"talkit/internal/blob"
	"talkit/internal/blob/blobtest"
)

func TestS3(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, blob.NewS3ForTest(t))
}
