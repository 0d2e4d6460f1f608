// swift-tools-version: 6.1
import PackageDescription

// Targets from the ground up: a target may import only what stands in its own `dependencies`;
// `make build` passes `--explicit-target-dependency-import-check error`, so a shortcut does not compile.
let package = Package(
    name: "pgregent",
    products: [.executable(name: "pgregent", targets: ["pgregent"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // Debian's C libraries.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // The nouns, and the doors as protocols.
        .target(name: "ClusterModel"),
        .target(name: "HostAccess", dependencies: ["ClusterModel"], resources: [.embedInCode("Scripts")]),

        // JSON as text, in the order in which it was said.
        .target(name: "JSONText"),

        // cluster.yaml -> ClusterSpec.
        .target(name: "YAML", dependencies: ["CLibYAML"]),
        .target(name: "ClusterConfig", dependencies: ["YAML", "JSONText", "ClusterModel"]),

        // The real doors, and how both wait.
        .target(name: "Polling"),
        .target(name: "PostgresClient", dependencies: ["CLibPQ", "CCrypto", "Polling", "HostAccess", "ClusterModel"]),
        .target(name: "OpenSSH", dependencies: ["Polling", "HostAccess", "ClusterModel"]),

        // One room per managed system; they never import each other.
        .target(
            name: "PostgreSQL", dependencies: ["HostAccess", "ClusterModel"], path: "reconcilers/PostgreSQL",
            resources: [.embedInCode("Scripts")]),
        .target(
            name: "Repmgr", dependencies: ["HostAccess", "ClusterModel"], path: "reconcilers/Repmgr",
            resources: [.embedInCode("Scripts")]),
        .target(
            name: "PgBouncer", dependencies: ["HostAccess", "ClusterModel"], path: "reconcilers/PgBouncer",
            resources: [.embedInCode("Scripts")]),
        .target(
            name: "Barman", dependencies: ["HostAccess", "ClusterModel"], path: "reconcilers/Barman",
            resources: [.embedInCode("Scripts")]),

        // The list of the systems: what is observed of all, what is run for a step, and what becomes of the cluster by it.
        .target(
            name: "Systems",
            dependencies: ["PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess", "ClusterModel"]),

        // Deciding (pure), doing, and going round.
        .target(
            name: "Planning",
            dependencies: ["Systems", "PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess", "ClusterModel"]),
        .target(name: "Execution", dependencies: ["HostAccess", "ClusterModel"]),
        .target(
            name: "ControlLoop",
            dependencies: [
                "Planning", "Execution", "Systems", "PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess",
                "ClusterModel",
            ]),

        // Plans as people and machines read them.
        .target(name: "Rendering", dependencies: ["Systems", "HostAccess", "JSONText", "ClusterModel"]),

        // cluster.yaml for a cluster that was built by hand.
        .target(name: "Importing", dependencies: ["Repmgr", "PgBouncer", "HostAccess", "ClusterModel"]),

        // Both doors together, with the clock and the files of this machine.
        .target(
            name: "RealDoors",
            dependencies: [
                "PostgresClient", "OpenSSH", "HostAccess", "ClusterModel",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),

        // The commands: what puts the real doors into the house.
        .executableTarget(
            name: "pgregent",
            dependencies: [
                "ControlLoop", "Planning", "Execution", "Systems", "Importing", "Rendering", "ClusterConfig",
                "RealDoors", "Polling",
                "PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess", "JSONText", "ClusterModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // cluster.yaml.
        .testTarget(name: "YAMLTests", dependencies: ["TestKit", "YAML", "ClusterConfig"]),
        .testTarget(
            name: "ClusterConfigTests", dependencies: ["ClusterConfig", "YAML", "JSONText", "ClusterModel"],
            exclude: ["Corpus"]),

        .testTarget(
            name: "ImportingTests",
            dependencies: ["Importing", "Repmgr", "ClusterConfig", "YAML", "HostAccess", "ClusterModel"]),

        // The doors, tried on real servers that the tests start themselves.
        .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient", "HostAccess", "ClusterModel"]),
        .testTarget(name: "OpenSSHTests", dependencies: ["OpenSSH", "HostAccess", "ClusterModel"]),

        // Deciding and doing, tried on clusters that are values.
        .target(
            name: "TestKit",
            dependencies: [
                "Planning", "Execution", "Systems", "PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess",
                "ClusterModel",
            ], path: "Tests/TestKit"),
        // Seeded schedules of faults: the product's own loop, over modelled hosts and a clock that jumps.
        .target(
            name: "Simulation",
            dependencies: [
                "TestKit", "ControlLoop", "Planning", "Execution", "Systems", "PostgreSQL", "Repmgr", "PgBouncer",
                "HostAccess", "ClusterModel",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ], path: "Tests/Simulation"),
        .executableTarget(name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate"),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation", "TestKit", "Planning", "Systems", "PostgreSQL", "ClusterModel"]),
        .testTarget(
            name: "GoldenPlans",
            dependencies: ["TestKit", "Rendering", "Planning", "Systems", "PostgreSQL", "HostAccess", "ClusterModel"],
            exclude: ["Scenarios"]),
        .testTarget(name: "ExecutionTests", dependencies: ["TestKit", "Execution", "HostAccess", "ClusterModel"]),
        .testTarget(
            name: "ControlLoopTests", dependencies: ["ControlLoop", "TestKit", "Planning", "Execution", "ClusterModel"]),
        .testTarget(name: "ClusterModelTests", dependencies: ["ClusterModel"]),
        .testTarget(name: "HostAccessTests", dependencies: ["HostAccess", "ClusterModel"]),
        .testTarget(
            name: "ReconcilerTests",
            dependencies: [
                "TestKit", "Planning", "Systems", "PostgreSQL", "Repmgr", "PgBouncer", "Barman", "HostAccess",
                "ClusterModel",
            ]),
        .testTarget(name: "RenderingTests", dependencies: ["Rendering", "ClusterModel"]),
        // Effects, held against what real hosts show after every step.
        .executableTarget(
            name: "prove-effects",
            dependencies: [
                "RealDoors", "ControlLoop", "Planning", "Execution", "Systems", "ClusterConfig", "PostgreSQL", "Repmgr",
                "PgBouncer", "Barman", "HostAccess", "ClusterModel",
            ], path: "Tests/EffectProof"),
        // What `make bench` times inside a process.
        .executableTarget(
            name: "pgregent-bench",
            dependencies: [
                "RealDoors", "ControlLoop", "Planning", "Systems", "ClusterConfig", "PostgreSQL", "Repmgr", "PgBouncer",
                "Barman", "HostAccess", "ClusterModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Benchmarks/Program"),
        // What the sources look like.
        .testTarget(name: "Tidy"),

        // The product as a user meets it, on the real hosts of Tests/Lab; only the built program is used, no module of it.
        .testTarget(name: "LabTests", dependencies: ["pgregent", "prove-effects"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
