// Reads the secret __SECRET_NAME__ from the environment.
//
// Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try it:
//
//	read -rs __SECRET_NAME__ && export __SECRET_NAME__
//
// Needs: Go 1.18 or newer.
package main

import (
	"fmt"
	"os"
)

func readSecret(name string) (string, error) {
	secret := os.Getenv(name)
	if secret == "" {
		return "", fmt.Errorf("the environment variable %s is not set, or empty", name)
	}
	return secret, nil
}

func main() {
	secret, err := readSecret("__SECRET_NAME__")
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	// Use the secret here. Never print it, log it or put it on a command line.
	fmt.Printf("read __SECRET_NAME__: %d bytes\n", len(secret))
}
