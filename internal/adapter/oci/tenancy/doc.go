// Package tenancy asks a tenancy of Oracle Cloud what Terraform does not: before
// an apply, whether it would let a plan's resources be made, and after a destroy,
// what is left.
package tenancy
