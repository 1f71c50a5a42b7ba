package app

// oci reports whether a service of Oracle Cloud is left alone; what is no adapter
// of one has nothing to report.
func (m *metrics) oci(service string, adapter any) {
	line, ok := adapter.(interface{ LeftAlone() bool })
	if !ok {
		return
	}
	m.labelled("tradewind_oci_left_alone", "1 while a service of Oracle Cloud fails and is not asked, 0 otherwise.", "service", service, func() float64 {
		if line.LeftAlone() {
			return 1
		}
		return 0
	})
}
