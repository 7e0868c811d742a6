// Package secretsmanager stands in for the package of this name of the AWS SDK.
package secretsmanager

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// Options are what the options change.
type Options struct{}

// Client makes requests.
type Client struct{}

// NewFromConfig makes a client.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client { return &Client{} }

// GetSecretValueInput is a request.
type GetSecretValueInput struct {
	SecretId     *string
	VersionId    *string
	VersionStage *string
}

// GetSecretValueOutput is an answer.
type GetSecretValueOutput struct {
	Name         *string
	SecretBinary []byte
	SecretString *string
}

// GetSecretValue finds no secret.
func (c *Client) GetSecretValue(
	ctx context.Context, params *GetSecretValueInput, optFns ...func(*Options),
) (*GetSecretValueOutput, error) {
	return nil, &types.ResourceNotFoundException{}
}
