package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// TestLandedMigrationsNeverChange pins what databases out there have been through. A change of the schema is a new file, and
// its line here.
func TestLandedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	landed := map[string]string{
		"00001_init.sql":      "d89b948b9d7e8f642dbd63f3cf902d533537526b36d2ea90ddc04620cdcd0e20",
		"00002_newsroom.sql":  "cf8cefa398ac8d7d53219b25301eff8c64880d54c0cb77c1087370413a7b6eec",
		"00003_search.sql":    "14136068ad7b1040cff5952e2672301c66686543d48f5e5d4263d8d6c4178d8c",
		"00004_joining.sql":   "185c3c9b12d2945d54d9ca918fffd052ab074bcae6d590dadc98e5e08ee8d89a",
		"00005_outbox.sql":    "fad1746c80b023c4eb555f4daff247b8b575c1bee126d24da3985fc205299d5d",
		"00006_holds.sql":     "89a1642b400a7909556240654109aa7bb4d1df813f4cc3c431003aa9c4a10d16",
		"00007_bounces.sql":   "201ff8f03366b22b44858f2103555b99fb6daecc04850babe309ba3bff2df349",
		"00008_veto.sql":      "5a146fa17a533574bc22f8956856a98bd08b80786f267d549b3f249d0339bb32",
		"00009_since.sql":     "d0e4a5eab9d1f742cbeb0805e463ff3fefd8716a85c15edcc97a552d03fc3297",
		"00010_positions.sql": "f6218ccdfee7e73557f2b0c4c022e06eabf32ac975017adcbd74dd9347700095",
		"00011_endings.sql":   "c40374249ec70095b83e61a41009208e7a1bc0a7f5ec69b578068a11083fb414",
		"00012_desk.sql":      "9bbf0bb6e6a4bb75c5eb13b04c516ab72154937cd18d473b40943df91d9522a6",
		"00013_hasty.sql":     "ecf21a624d635fba8f054facbb55e72438afafd854035bcd6b70ddf5409989ec",
		"00014_open.sql":      "2efb556379c58d059025df18f8eb74bb5aee723f8066449911e4b1add3afae9a",
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) != len(landed) {
		t.Fatalf("%d files, %d of them landed, %v", len(files), len(landed), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:]); got != landed[filepath.Base(path)] {
			t.Errorf("%s is %s now: undo the change, and write a migration of its own", path, got)
		}
	}
}
