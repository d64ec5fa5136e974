// Package tabular promises that a table with a heading is read as spreadsheets write it, and that each row which cannot be told to its columns
// is named by its line, while those behind it still come.
//
// What the columns mean is told by whoever reads it.
package tabular
