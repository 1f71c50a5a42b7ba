// Package user holds who people are to the shop: customers with their
// addresses, staff with their roles, and the sessions of both. Customers and
// staff are kept apart: nothing that a customer can write makes them staff.
package user
