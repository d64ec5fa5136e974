package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing to mend.
type Problem struct {
	File   string // the configuration's file, or "environment"
	Line   int    // 0: no line is to blame
	Key    string // "smtp.port", or the variable "TIDINGS_SMTP_PORT"; empty: the whole file
	Reason string
}

// String is the problem in one line: "tidings.toml:12: smtp.port: must be …".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	return b.String() + ": " + p.Reason
}

// Problems are all that is wrong with a configuration: never empty as an error.
type Problems []Problem

// Error is the problems, a line for each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// problems gathers them while a configuration is read and checked.
type problems struct {
	file  string
	lines map[string]int    // of each key and section in the file
	env   map[string]string // the variable that a key was taken from
	all   Problems
}

// add blames the key's value, wherever it came from.
func (p *problems) add(key, format string, args ...any) {
	problem := Problem{File: p.file, Line: p.line(key), Key: key, Reason: fmt.Sprintf(format, args...)}
	if variable, ok := p.env[key]; ok {
		problem.File, problem.Line, problem.Key = environment, 0, variable
	}
	p.all = append(p.all, problem)
}

// environment stands in a Problem for the name of a file.
const environment = "environment"

// line is where the key stands, or else its section begins.
func (p *problems) line(key string) int {
	for {
		if line, ok := p.lines[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

// has reports whether something is wrong with the key already.
func (p *problems) has(key string) bool {
	variable := p.env[key]
	return slices.ContainsFunc(p.all, func(q Problem) bool { return q.Key == key || variable != "" && q.Key == variable })
}

// sorted is the problems in the order of the file, the environment's last.
func (p *problems) sorted() Problems {
	slices.SortStableFunc(p.all, func(a, b Problem) int {
		if (a.File == environment) != (b.File == environment) {
			if a.File == environment {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Line, b.Line)
	})
	return p.all
}
