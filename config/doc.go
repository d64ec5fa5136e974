// Package config promises a configuration that has been checked: TOML and the environment in, a Config out, or every
// problem at once, each with its key and line.
//
// One table (keys) names every key with the place it fills. Reading the file, laying the environment over it,
// suggesting what a misspelt key was meant to be, and the test that config.example.toml documents all of them, all
// go by that table.
//
// The environment comes over the file: TIDINGS_SMTP_PASSWORD is smtp.password. A secret can also stand in a file of
// its own (smtp.password_file). No message of this package holds a secret's value.
package config
