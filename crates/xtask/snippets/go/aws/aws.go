// Package aws stands in for the package of this name of the AWS SDK, which the tests cannot download: the declarations
// that the snippet uses.
package aws

// Config is the configuration of a client.
type Config struct{}

// String returns a pointer to a copy.
func String(v string) *string { return &v }
