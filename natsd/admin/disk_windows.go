// This file owns the room on a disk, where the system is Windows.

package admin

import "golang.org/x/sys/windows"

// diskSpace gives the bytes that this user may still write, and those of the disk.
func diskSpace(folder string) (free, total uint64, err error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, &total, nil)
	return free, total, err
}
