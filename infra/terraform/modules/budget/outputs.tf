output "budget_id" {
  description = "OCID of the budget."
  value       = oci_budget_budget.this.id
}
