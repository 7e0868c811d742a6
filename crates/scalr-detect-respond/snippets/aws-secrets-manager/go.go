// Reads the secret __SECRET_NAME__ from AWS Secrets Manager.
//
// Store it first, in bash:
//
//	read -rs VALUE && printf %s "$VALUE" |
//	    aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
//
// The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
// Needs: go get github.com/aws/aws-sdk-go-v2/config github.com/aws/aws-sdk-go-v2/service/secretsmanager
// Credentials and region come from the role or from AWS_PROFILE, AWS_REGION and so on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func readSecret(ctx context.Context, name string) (string, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", fmt.Errorf("cannot configure the AWS SDK: %w", err)
	}
	answer, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(name),
	})
	var notFound *types.ResourceNotFoundException
	switch {
	case errors.As(err, &notFound):
		return "", fmt.Errorf("there is no secret %s in this account and region", name)
	case err != nil:
		// No credentials, no permission, no connection.
		return "", fmt.Errorf("cannot read %s from AWS: %w", name, err)
	case answer.SecretString == nil:
		return "", fmt.Errorf("%s is binary: read SecretBinary instead", name)
	}
	return *answer.SecretString, nil
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	secret, err := readSecret(ctx, "__SECRET_NAME__")
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	// Use the secret here. Never print it, log it or put it on a command line.
	fmt.Printf("read __SECRET_NAME__: %d bytes\n", len(secret))
}
