// Package paylink lets one service move money for the others: only it holds the
// keys of the payment provider. Handler offers its payment.Provider to them, and
// Client is the payment.Provider that they use. It imports payment, money, fault
// and caller.
package paylink
