// Package account is what people do about themselves: register, sign in and
// out, keep a profile; and how staff are appointed and let in.
package account
