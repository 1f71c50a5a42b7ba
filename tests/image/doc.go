// Package image builds the image of the embedded shop with Buildah, looks at it,
// and runs it as a container would be run: another user, a root file system that
// nobody may write to, and one folder for its data. Needs Linux, root and Buildah.
package image
