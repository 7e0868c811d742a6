// Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao.
//
// Store it first, in bash (with bao instead of vault for OpenBao):
//
//	read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
//
// The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
// Needs: Go 1.18 or newer, no module (github.com/hashicorp/vault/api is the official one, for all that is beyond one
// request); VAULT_ADDR and VAULT_TOKEN, and VAULT_NAMESPACE if namespaces are used.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	mount = "secret"
	key   = "value"
)

func readSecret(path string) (string, error) {
	address, token := os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_TOKEN")
	if address == "" || token == "" {
		return "", errors.New("VAULT_ADDR and VAULT_TOKEN must be set")
	}
	request, err := http.NewRequest(http.MethodGet, strings.TrimRight(address, "/")+"/v1/"+mount+"/data/"+path, nil)
	if err != nil {
		return "", errors.New("VAULT_ADDR is no URL")
	}
	request.Header.Set("X-Vault-Request", "true")
	request.Header.Set("X-Vault-Token", token)
	if namespace := os.Getenv("VAULT_NAMESPACE"); namespace != "" {
		request.Header.Set("X-Vault-Namespace", namespace)
	}
	client := http.Client{
		Timeout: 10 * time.Second,
		// Redirects are not followed, as they would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return "", fmt.Errorf("cannot reach Vault at VAULT_ADDR: %w", err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden:
		return "", fmt.Errorf("Vault does not let this token read %s/%s", mount, path)
	case http.StatusNotFound:
		return "", fmt.Errorf("there is no secret %s/%s", mount, path)
	default:
		return "", fmt.Errorf("Vault failed to give %s/%s: status %d", mount, path, answer.StatusCode)
	}
	var body struct {
		Data struct {
			Data map[string]any `json:"data"`
		} `json:"data"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		// What could not be read may be the secret: it is not shown.
		return "", errors.New("the answer of Vault is not JSON, or did not arrive whole")
	}
	secret, ok := body.Data.Data[key].(string)
	if !ok {
		return "", fmt.Errorf("%s/%s has no text under the key %s", mount, path, key)
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
