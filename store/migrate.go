package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/tidings/tidings"
)

// versionTable is where goose notes the migrations that a file has had.
const versionTable = "goose_db_version"

//go:embed migrations/*.sql
var migrations embed.FS

// migrator knows our migrations and applies them to the database.
func migrator(writer *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, writer, files, goose.WithDisableGlobalRegistry(true))
}

// newestVersion is the last migration that this program knows.
func newestVersion(p *goose.Provider) int64 {
	sources := p.ListSources()
	return sources[len(sources)-1].Version
}

// migrate brings the file to the newest version. Two processes that open an old file at once both try: whoever comes
// second fails on what is there already, and goes on behind it when it looks again. That may happen with each migration.
func migrate(ctx context.Context, p *goose.Provider) error {
	_, first := p.Up(ctx)
	err := first
	for range p.ListSources() {
		if err == nil {
			return nil
		}
		_, err = p.Up(ctx)
	}
	if err != nil {
		return errors.Join(first, err)
	}
	return nil
}

// refuseUnderSender is tidings.ErrOlderSender for an older file that somebody sends mail from: an older program does not know the newer
// schema, and would send nothing more.
func refuseUnderSender(ctx context.Context, path string, newest int64) error {
	if !sends(path) {
		return nil
	}
	older, err := inspect(ctx, path, newest) // now: who sends may have brought it to its version since it was looked at first
	if err == nil && older {
		err = tidings.ErrOlderSender
	}
	return err
}
