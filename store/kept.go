package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxKept is how many statements of the writer's are kept: there are not so many that come again and again.
const maxKept = 200

// kept are statements that stay prepared from one write transaction to the next: a small one is half preparation.
type kept struct {
	sync.Mutex
	statements map[string]*sql.Stmt // nil: it came once
	wanted     []string             // came a second time, to be prepared before the next transaction
}

// keptFor is the statement of a query; nil: it is not kept, or not yet.
func (db *DB) keptFor(query string) *sql.Stmt {
	k := &db.kept
	k.Lock()
	defer k.Unlock()
	found, came := k.statements[query]
	switch {
	case found != nil:
		return found
	case came:
		k.wanted = append(k.wanted, query)
	case len(k.statements) < maxKept:
		if k.statements == nil {
			k.statements = map[string]*sql.Stmt{}
		}
		k.statements[query] = nil
	}
	return nil
}

// keepWanted prepares what is to be kept. It must stand before a transaction, which has the writer's one connection for itself. What
// cannot be prepared fails where it is used.
func (db *DB) keepWanted(ctx context.Context) {
	k := &db.kept
	k.Lock()
	wanted := k.wanted
	k.wanted = nil
	k.Unlock()
	for _, query := range wanted {
		statement, err := db.writer.PrepareContext(ctx, query) //nolint:sqlclosecheck // it is kept, or closed below
		if err != nil {
			continue
		}
		k.Lock()
		if k.statements[query] == nil {
			k.statements[query], statement = statement, nil
		}
		k.Unlock()
		if statement != nil {
			_ = statement.Close()
		}
	}
}
