package blob

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Open opens the store that TALKIT_STORAGE_URL names. When url is empty, that
// is folder itself; for s3://bucket/prefix?endpoint=…&region=… the folder takes
// the copies that Local makes. Credentials for S3 are AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the environment. The network
// is not asked: that is Check's.
func Open(storageURL, folder string) (Store, error) {
	if storageURL == "" {
		return OpenDisk(folder)
	}
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		return nil, errors.New("TALKIT_STORAGE_URL names S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment as well")
	}
	return OpenS3(storageURL, folder, credentials.NewEnvAWS())
}

// OpenS3 is Open for an s3 URL with credentials from elsewhere.
func OpenS3(storageURL, folder string, creds *credentials.Credentials) (*S3, error) {
	place, err := parseS3URL(storageURL)
	if err != nil {
		return nil, fmt.Errorf("TALKIT_STORAGE_URL: %w", err)
	}
	client, err := minio.New(place.endpoint, &minio.Options{
		Creds: creds, Secure: place.secure, Region: place.region,
		MaxRetries: 3, // someone waits for the answer
	})
	if err != nil {
		return nil, fmt.Errorf("TALKIT_STORAGE_URL: %w", err)
	}
	local, err := openFolder(folder)
	if err != nil {
		return nil, err
	}
	return &S3{client, place.bucket, place.prefix, local}, nil
}

// s3Place is what an s3 URL says.
type s3Place struct {
	bucket, prefix   string
	endpoint, region string
	secure           bool // https
}

// parseS3URL reads s3://bucket/prefix?endpoint=…&region=…. An endpoint is a host
// with or without a port, or a URL of which http:// means without TLS; left out
// it is Amazon's. Errors repeat nothing of the URL, in which a password may be.
func parseS3URL(s string) (s3Place, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return s3Place{}, errors.New("is not a URL; write s3://bucket/prefix?endpoint=…&region=…")
	case u.Scheme != "s3" || u.Host == "" || u.Opaque != "" || u.Fragment != "":
		return s3Place{}, errors.New("must be s3://bucket/prefix?endpoint=…&region=…")
	case u.User != nil:
		return s3Place{}, errors.New("must not hold credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	place := s3Place{bucket: u.Host, region: "us-east-1", endpoint: "s3.amazonaws.com", secure: true}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		place.prefix = prefix + "/"
	}
	for name, values := range u.Query() {
		switch {
		case len(values) != 1 || values[0] == "":
			return s3Place{}, fmt.Errorf("wants one value for %s", name)
		case name == "region":
			place.region = values[0]
		case name == "endpoint":
			place.endpoint, place.secure, err = parseEndpoint(values[0])
		default:
			err = errors.New("takes the parameters endpoint and region alone")
		}
		if err != nil {
			return s3Place{}, err
		}
	}
	return place, nil
}

func parseEndpoint(s string) (host string, secure bool, err error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", false, errors.New("has an endpoint that is no host; write endpoint=https://host:port")
	}
	return u.Host, u.Scheme == "https", nil
}
