// Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager).
//
// Store it first: declare the variable in a policy, then in bash:
//
//	read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
//
// The identity of this program needs read and execute on that variable and on no other.
// Needs: Go 1.18 or newer, no module (github.com/cyberark/conjur-api-go is the official one, for all that is beyond two
// requests); CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT, CONJUR_AUTHN_LOGIN (such as host/my-app) and CONJUR_AUTHN_API_KEY. A
// certificate authority of your own is named by SSL_CERT_FILE.
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var client = http.Client{
	Timeout: 10 * time.Second,
	// Redirects are not followed, as they would carry the key elsewhere.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send makes a request and returns status and body of the answer.
func send(method, address, authorization, body string) (int, []byte, error) {
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, nil, errors.New("CONJUR_APPLIANCE_URL is no URL")
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	answer, err := client.Do(request)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return 0, nil, fmt.Errorf("cannot reach Conjur at CONJUR_APPLIANCE_URL: %w", err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return 0, nil, errors.New("the answer of Conjur did not arrive whole")
	}
	return answer.StatusCode, content, nil
}

func readSecret(name string) (string, error) {
	settings := make(map[string]string)
	for _, name := range []string{
		"CONJUR_APPLIANCE_URL", "CONJUR_ACCOUNT", "CONJUR_AUTHN_LOGIN", "CONJUR_AUTHN_API_KEY",
	} {
		if settings[name] = os.Getenv(name); settings[name] == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
	}
	address := strings.TrimRight(settings["CONJUR_APPLIANCE_URL"], "/")
	account := url.PathEscape(settings["CONJUR_ACCOUNT"])
	login := url.PathEscape(settings["CONJUR_AUTHN_LOGIN"])

	// The API key buys a token that is good for some minutes.
	status, token, err := send(http.MethodPost, address+"/authn/"+account+"/"+login+"/authenticate", "",
		settings["CONJUR_AUTHN_API_KEY"])
	switch {
	case err != nil:
		return "", err
	case status == http.StatusUnauthorized:
		return "", errors.New("Conjur does not know this login or API key")
	case status != http.StatusOK:
		return "", fmt.Errorf("Conjur failed to authenticate: status %d", status)
	}
	authorization := `Token token="` + base64.StdEncoding.EncodeToString(token) + `"`
	status, secret, err := send(http.MethodGet, address+"/secrets/"+account+"/variable/"+url.PathEscape(name),
		authorization, "")
	switch {
	case err != nil:
		return "", err
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "", fmt.Errorf("Conjur does not let this identity read %s", name)
	case status == http.StatusNotFound:
		return "", fmt.Errorf("there is no secret %s, or it has no value yet", name)
	case status != http.StatusOK:
		return "", fmt.Errorf("Conjur failed to give %s: status %d", name, status)
	}
	return string(secret), nil
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
