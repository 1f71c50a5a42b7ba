// Package sandboxpay is a payment provider to develop and test against: Server
// is the provider itself, reached over HTTP like a real one, and Client is the
// payment.Provider that talks to it. It imports payment, money and fault.
package sandboxpay
