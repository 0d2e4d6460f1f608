import ClusterModel
import Testing

@testable import PostgreSQL

@Suite struct ParameterTests {
    @Test(
        "the same value in other words is the same",
        arguments: [
            ("1024", "MB", "integer", "1GB"), ("131072", "8kB", "integer", "1GB"),
            ("131072", "8kB", "integer", "1024MB"),
            ("8192", "kB", "integer", "8MB"), ("8192", "kB", "integer", "8192"), ("8192", "kB", "integer", "8192kB"),
            ("300", "s", "integer", "5min"), ("5000", "ms", "integer", "5s"), ("3600000", "ms", "integer", "1h"),
            ("86400", "s", "integer", "1d"),
            ("-1", "ms", "integer", "-1"), ("-1", "kB", "integer", "-1"), ("0", "ms", "integer", "0"),
            ("100", nil, "integer", "100"), ("0.5", nil, "real", "0.50"), ("0.5", nil, "real", "5e-1"),
            ("1.1", "ms", "real", "1.1ms"),
            ("on", nil, "bool", "true"), ("off", nil, "bool", "no"), ("on", nil, "bool", "YES"),
            ("on", nil, "bool", "1"),
            ("replica", nil, "enum", "Replica"), ("a, b", nil, "string", "a, b"), ("", nil, "string", ""),
        ] as [(String, String?, String, String)])
    func same(_ value: String, unit: String?, type: String, declared: String) {
        #expect(Parameter(value: value, unit: unit, type: type).means(declared))
    }

    @Test(
        "another value is another",
        arguments: [
            ("1024", "MB", "integer", "1MB"), ("100", nil, "integer", "101"), ("on", nil, "bool", "off"),
            ("on", nil, "bool", "maybe"),
            ("8192", "kB", "integer", "8min"), ("8192", "kB", "integer", "8mb"), ("5000", "ms", "integer", "5"),
            ("-1", "ms", "integer", "0"),
            ("replica", nil, "enum", "logical"), ("A", nil, "string", "a"), ("100", nil, "integer", "100MB"),
            ("0.5", nil, "real", "0.51"),
        ] as [(String, String?, String, String)])
    func different(_ value: String, unit: String?, type: String, declared: String) {
        #expect(!Parameter(value: value, unit: unit, type: type).means(declared))
    }

    @Test(
        "short forms of booleans count as PostgreSQL counts them",
        arguments: [("on", "t"), ("on", "tr"), ("on", "y"), ("off", "f"), ("off", "of"), ("off", "fals"), ("off", "n")])
    func shortBooleans(_ value: String, declared: String) {
        #expect(Parameter(value: value, type: "bool").means(declared))
    }

    @Test("what is no boolean is none", arguments: ["", "o", "onn", "tru e", "2"])
    func noBoolean(_ declared: String) {
        #expect(
            !Parameter(value: "on", type: "bool").means(declared)
                && !Parameter(value: "off", type: "bool").means(declared))
    }

    @Test("hexadecimal integers are numbers to PostgreSQL, and octal ones")
    func otherBases() {
        #expect(Parameter(value: "16", type: "integer").means("0x10"))
        #expect(Parameter(value: "8", type: "integer").means("010"))
        #expect(Parameter(value: "0770", type: "integer").means("504"))
        #expect(Parameter(value: "10", type: "real").means("010"))
        #expect(!Parameter(value: "8", type: "integer").means("08"))
    }
}

@Suite struct ControlDataTests {
    @Test("pg_controldata's words are read by their names")
    func reads() {
        let printed = """
            pg_control version number:            1300
            Database system identifier:           7268616322800000001
            Database cluster state:               shut down in recovery
            Latest checkpoint location:           0/5000028
            Latest checkpoint's TimeLineID:       3
            Fake LSN counter for unlogged rels:   0/3E8
            """
        #expect(
            ControlData(printed: printed)
                == ControlData(
                    systemIdentifier: "7268616322800000001", state: "shut down in recovery", timeline: 3,
                    checkpoint: LSN(rawValue: 0x500_0028)))
    }

    @Test(
        "half an answer is none",
        arguments: ["", "pg_controldata: error: could not open file", "Database system identifier: 1\n"])
    func half(_ printed: String) {
        #expect(ControlData(printed: printed) == nil)
    }
}
