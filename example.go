package tidings

import _ "embed" // for the file below

//go:embed config.example.toml
var exampleConfig string

// ExampleConfig is a configuration in TOML that documents every key: what has a default is commented out, with it.
func ExampleConfig() string { return exampleConfig }
