/// Text in columns: each as wide as its widest cell, the last one as it is.
package enum Columns {
    package static func text(_ rows: [[String]], minimum: [Int] = []) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            max(
                rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0,
                column < minimum.count ? minimum[column] : 0)
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
