package ingest_test

import (
	"strings"
	"testing"
	"time"
)

func TestDatesAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2021-01-05 오후 3:05":     "2021-01-05 15:05:00",
		"2021-01-05 오후 3:05:07":  "2021-01-05 15:05:07",
		"2021-01-05 오전 12:05":    "2021-01-05 00:05:00",
		"2021/1/5 오후 12:05":      "2021-01-05 12:05:00",
		"2021-01-05(화)":          "2021-01-05 00:00:00",
		"2021-01-05 (화) 오후 3:05": "2021-01-05 15:05:00",
		"2021. 1. 5. 오후 3:05":    "2021-01-05 15:05:00",
		"2021. 1. 5. (화) 14:00":  "2021-01-05 14:00:00",
		"1/13/2021 9:05:00 AM":   "2021-01-13 09:05:00",
		"13.1.2021 21:05":        "2021-01-13 21:05:00",
		"1/13/2021":              "2021-01-13 00:00:00",
		"1/5/2021 9:05:00 AM":    "can mean two days",
		"44197":                  "looks like a spreadsheet's day number: format the column as a date",
		"44197.5":                "looks like a spreadsheet's day number",
	} {
		item := csvItems(t, "title,date,body\nA,"+text+",x\n", nil)[0]
		got := item.Release.Published.In(time.FixedZone("KST", 9*3600)).Format(time.DateTime)
		if item.Err != nil {
			got = item.Err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
