// This file owns what only tests reach.

package jet

// DecodeObject reads the metadata of an object.
func DecodeObject(data []byte) (Object, error) { return decodeObject(Message{Data: data}) }
