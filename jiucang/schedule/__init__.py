"""Crawls when they are due: the timetable of a folder of job files, kept by a service or by single passes."""
