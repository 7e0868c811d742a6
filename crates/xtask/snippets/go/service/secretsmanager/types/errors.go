// Package types stands in for the package of this name of the AWS SDK.
package types

// ResourceNotFoundException says that there is no such secret.
type ResourceNotFoundException struct {
	Message *string
}

func (e *ResourceNotFoundException) Error() string { return "ResourceNotFoundException" }
