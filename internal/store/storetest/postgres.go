// Package storetest gives tests real databases.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres makes a throwaway database in the server that
// TALKIT_TEST_POSTGRES_URL names and returns its address; it is dropped when
// the test ends. Without a server the test is left out, or fails where
// TALKIT_TEST_ALL is 1.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	server := os.Getenv("TALKIT_TEST_POSTGRES_URL")
	if server == "" {
		if os.Getenv("TALKIT_TEST_ALL") == "1" {
			t.Fatal("needs PostgreSQL: TALKIT_TEST_POSTGRES_URL names no server (make test starts one)")
		}
		t.Skip("left out: needs PostgreSQL (make test starts one)")
	}
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("TALKIT_TEST_POSTGRES_URL: %v", err)
	}
	name := "talkit_test_" + strings.ToLower(rand.Text())
	serverExec(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { serverExec(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	address.Path = "/" + name
	return address.String()
}

func serverExec(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the PostgreSQL of TALKIT_TEST_POSTGRES_URL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
