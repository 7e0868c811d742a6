// Package config stands in for the package of this name of the AWS SDK.
package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// LoadOptions are what the options change.
type LoadOptions struct{}

// LoadDefaultConfig reads the configuration from where the SDK looks for it.
func LoadDefaultConfig(ctx context.Context, optFns ...func(*LoadOptions) error) (aws.Config, error) {
	return aws.Config{}, ctx.Err()
}
