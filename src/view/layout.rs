//! Where the nodes and edges of a graph are drawn: layers from the entry downwards.
//!
//! An edge that would lead upwards is laid out the other way round; one that passes a layer has a
//! point of its own in it. The order in each layer is that of the neighbours' means, over a few
//! rounds, and so is the place in it, as far as room is.

/// A node's measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The left upper corner of each node.
    pub nodes: Vec<(f64, f64)>,
    /// The points of each edge, from where it leaves to where it arrives.
    pub edges: Vec<Vec<(f64, f64)>>,
    /// Of all.
    pub size: Size,
}

const GAP_X: f64 = 24.0;
const GAP_Y: f64 = 34.0;
/// Between the ends of edges at one side of a node.
const PORT: f64 = 26.0;
const ROUNDS: usize = 6;
/// The most points of edges that pass layers: beyond, nobody could follow them.
const MOST_POINTS: usize = 4000;

/// Lays a graph out; `None` if it is too large to be looked at. Edges of a node to itself have no
/// points. Edges `beside` are not drawn; what they lead to stands below what they come from too.
pub fn layout(
    sizes: &[Size],
    edges: &[(usize, usize)],
    beside: &[(usize, usize)],
) -> Option<Layout> {
    let all = [edges, beside].concat();
    let upwards = upwards(sizes.len(), &all);
    let mut down: Vec<(usize, usize)> = all
        .iter()
        .zip(&upwards)
        .map(|(&(from, to), &up)| if up { (to, from) } else { (from, to) })
        .collect();
    let ranks = ranks(sizes.len(), &down);
    down.truncate(edges.len());
    let mut points = Points::new(sizes, &ranks);
    let mut ways = Vec::new();
    for &(from, to) in &down {
        ways.push(points.way(from, to, &ranks)?);
    }
    for round in 0..ROUNDS {
        points.sort(round % 2 == 0);
    }
    points.place();
    Some(points.drawing(sizes, &ways, &upwards))
}

/// Which edges lead to a node from which there is a way to where they start.
fn upwards(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (edge, &(from, _)) in edges.iter().enumerate() {
        out[from].push(edge);
    }
    let mut upwards = vec![false; edges.len()];
    let (mut seen, mut on_path) = (vec![false; count], vec![false; count]);
    for root in 0..count {
        let mut path = vec![(root, 0)];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        on_path[root] = true;
        while let Some((node, next)) = path.last_mut() {
            let Some(&edge) = out[*node].get(*next) else {
                on_path[*node] = false;
                path.pop();
                continue;
            };
            *next += 1;
            let to = edges[edge].1;
            upwards[edge] = on_path[to];
            if !std::mem::replace(&mut seen[to], true) {
                on_path[to] = true;
                path.push((to, 0));
            }
        }
    }
    upwards
}

/// How many edges each node is away from where nothing leads to, at most.
fn ranks(count: usize, down: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    let mut open = vec![0; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in down.iter().filter(|(from, to)| from != to) {
        open[to] += 1;
        out[from].push(to);
    }
    let mut work: Vec<usize> = (0..count).rev().filter(|&node| open[node] == 0).collect();
    while let Some(node) = work.pop() {
        for &to in &out[node] {
            ranks[to] = ranks[to].max(ranks[node] + 1);
            open[to] -= 1;
            if open[to] == 0 {
                work.push(to);
            }
        }
    }
    ranks
}

/// What has a place in a layer: a node, or a point of an edge that passes it.
struct Points {
    /// How wide each is.
    widths: Vec<f64>,
    /// The middle of each.
    x: Vec<f64>,
    /// The neighbours of each in the layer above.
    above: Vec<Vec<usize>>,
    /// Likewise below.
    below: Vec<Vec<usize>>,
    /// Those of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    rank: Vec<usize>,
}

impl Points {
    fn new(sizes: &[Size], ranks: &[usize]) -> Self {
        let mut layers = vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)];
        for (node, &rank) in ranks.iter().enumerate() {
            layers[rank].push(node);
        }
        Self {
            widths: sizes.iter().map(|size| size.width).collect(),
            x: vec![0.0; sizes.len()],
            above: vec![Vec::new(); sizes.len()],
            below: vec![Vec::new(); sizes.len()],
            layers,
            rank: ranks.to_vec(),
        }
    }

    /// The points of an edge from top to bottom, its nodes among them.
    fn way(&mut self, from: usize, to: usize, ranks: &[usize]) -> Option<Vec<usize>> {
        let mut way = vec![from];
        if from == to {
            return Some(way);
        }
        for rank in ranks[from] + 1..ranks[to] {
            let point = self.x.len();
            self.widths.push(4.0);
            self.x.push(0.0);
            self.above.push(Vec::new());
            self.below.push(Vec::new());
            self.rank.push(rank);
            self.layers[rank].push(point);
            way.push(point);
        }
        way.push(to);
        for pair in way.windows(2) {
            self.below[pair[0]].push(pair[1]);
            self.above[pair[1]].push(pair[0]);
        }
        (self.x.len() <= ranks.len() + MOST_POINTS).then_some(way)
    }

    /// Sorts each layer by where the neighbours in the layer above (or below) stand.
    fn sort(&mut self, downwards: bool) {
        let mut position = vec![0.0; self.x.len()];
        for layer in &self.layers {
            for (at, &point) in layer.iter().enumerate() {
                position[point] = at as f64;
            }
        }
        let count = self.layers.len();
        for step in 0..count {
            let rank = if downwards { step } else { count - 1 - step };
            let neighbours = if downwards { &self.above } else { &self.below };
            let wanted: Vec<f64> = self.layers[rank]
                .iter()
                .map(|&point| mean(&neighbours[point], &position).unwrap_or(position[point]))
                .collect();
            let mut order: Vec<usize> = (0..wanted.len()).collect();
            order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
            self.layers[rank] = order.iter().map(|&at| self.layers[rank][at]).collect();
            for (at, &point) in self.layers[rank].iter().enumerate() {
                position[point] = at as f64;
            }
        }
    }

    /// Gives each point its middle.
    fn place(&mut self) {
        for layer in &self.layers {
            let mut left = 0.0;
            for &point in layer {
                self.x[point] = left + self.widths[point] / 2.0;
                left += self.widths[point] + GAP_X;
            }
        }
        for round in 0..ROUNDS * 2 {
            for step in 0..self.layers.len() {
                let rank = if round % 2 == 0 { step } else { self.layers.len() - 1 - step };
                self.settle(rank);
            }
        }
        let left = (0..self.x.len()).map(|point| self.x[point] - self.widths[point] / 2.0);
        let left = left.fold(f64::INFINITY, f64::min);
        self.x.iter_mut().for_each(|x| *x -= left);
    }

    /// Moves the points of a layer to the mean of their neighbours, as far as the others let them:
    /// half-way between being pushed to the right only and to the left only.
    fn settle(&mut self, rank: usize) {
        let layer = &self.layers[rank];
        let wanted: Vec<f64> = layer
            .iter()
            .map(|&point| {
                let near: Vec<usize> =
                    self.above[point].iter().chain(&self.below[point]).copied().collect();
                mean(&near, &self.x).unwrap_or(self.x[point])
            })
            .collect();
        let apart = |a: usize, b: usize| (self.widths[a] + self.widths[b]) / 2.0 + GAP_X;
        let mut right = wanted.clone();
        for at in 1..layer.len() {
            right[at] = right[at].max(right[at - 1] + apart(layer[at - 1], layer[at]));
        }
        let mut left = wanted;
        for at in (1..layer.len()).rev() {
            left[at - 1] = left[at - 1].min(left[at] - apart(layer[at - 1], layer[at]));
        }
        for (at, &point) in layer.iter().enumerate() {
            self.x[point] = f64::midpoint(left[at], right[at]);
        }
    }

    /// How far from the middle of its node each end of an edge is, the upper end first: those at one
    /// side of a node stand in a row.
    fn ports(&self, ways: &[Vec<usize>]) -> Vec<(f64, f64)> {
        let mut ports = vec![(0.0, 0.0); ways.len()];
        for upper in [true, false] {
            // By node: where the edge goes to next, and the edge.
            let mut ends: Vec<(usize, f64, usize)> = Vec::new();
            for (edge, way) in ways.iter().enumerate().filter(|(_, way)| way.len() > 1) {
                let (node, next) =
                    if upper { (way[0], way[1]) } else { (way[way.len() - 1], way[way.len() - 2]) };
                ends.push((node, self.x[next], edge));
            }
            ends.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
            for row in ends.chunk_by(|a, b| a.0 == b.0) {
                let apart = PORT.min(self.widths[row[0].0] / (row.len() as f64 + 1.0));
                for (at, &(.., edge)) in row.iter().enumerate() {
                    let offset = (at as f64 - (row.len() - 1) as f64 / 2.0) * apart;
                    *(if upper { &mut ports[edge].0 } else { &mut ports[edge].1 }) = offset;
                }
            }
        }
        ports
    }

    fn drawing(&self, sizes: &[Size], ways: &[Vec<usize>], upwards: &[bool]) -> Layout {
        let (mut tops, mut bottoms, mut y) = (Vec::new(), Vec::new(), 0.0);
        for layer in &self.layers {
            let nodes = layer.iter().filter_map(|&point| sizes.get(point));
            let height = nodes.map(|size| size.height).fold(0.0, f64::max);
            tops.push(y);
            bottoms.push(y + height);
            y += height + GAP_Y;
        }
        let corner = |node: usize| (self.x[node] - self.widths[node] / 2.0, tops[self.rank[node]]);
        let bottom = |point: usize| match sizes.get(point) {
            Some(size) => tops[self.rank[point]] + size.height,
            None => bottoms[self.rank[point]],
        };
        let ports = self.ports(ways);
        let edges = ways.iter().zip(upwards).enumerate().map(|(edge, (way, &up))| {
            let mut points = Vec::new();
            for pair in way.windows(2) {
                points.push((self.x[pair[0]], bottom(pair[0])));
                points.push((self.x[pair[1]], tops[self.rank[pair[1]]]));
            }
            if let ([(first, _), .., (last, _)], (leave, arrive)) = (&mut points[..], ports[edge]) {
                *first += leave;
                *last += arrive;
            }
            if up {
                points.reverse();
            }
            points
        });
        let edges = edges.collect();
        let right = (0..self.x.len()).map(|point| self.x[point] + self.widths[point] / 2.0);
        let size = Size { width: right.fold(0.0, f64::max), height: (y - GAP_Y).max(0.0) };
        Layout { nodes: (0..sizes.len()).map(corner).collect(), edges, size }
    }
}

fn mean(of: &[usize], values: &[f64]) -> Option<f64> {
    let sum: f64 = of.iter().map(|&point| values[point]).sum();
    (!of.is_empty()).then(|| sum / of.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(count: usize, edges: &[(usize, usize)]) -> Layout {
        layout(&vec![Size { width: 100.0, height: 40.0 }; count], edges, &[]).unwrap()
    }

    #[test]
    fn what_follows_stands_below() {
        let drawn = drawn(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 0), (3, 4), (0, 4), (2, 2)]);
        let y = |node: usize| drawn.nodes[node].1;
        assert!(y(0) < y(1) && y(1) == y(2) && y(2) < y(3) && y(3) < y(4), "{:?}", drawn.nodes);
        // The edge back starts where block 3 is and ends where block 0 is.
        let back = &drawn.edges[4];
        assert!(back.first().unwrap().1 > back.last().unwrap().1);
        assert!(drawn.edges[7].is_empty());
    }

    #[test]
    fn what_only_faults_lead_to_stands_below_too() {
        let sizes = [Size { width: 10.0, height: 10.0 }; 3];
        let drawn = layout(&sizes, &[(0, 1)], &[(0, 2), (1, 2)]).unwrap();
        assert!(drawn.nodes[2].1 > drawn.nodes[1].1);
        assert_eq!(drawn.edges.len(), 1);
    }

    #[test]
    fn ways_there_and_back_are_two_lines() {
        let drawn = drawn(2, &[(0, 1), (1, 0)]);
        assert_ne!(drawn.edges[0].first(), drawn.edges[1].last());
        assert_ne!(drawn.edges[0].last(), drawn.edges[1].first());
    }

    #[test]
    fn nodes_and_points_do_not_overlap() {
        let edges: Vec<(usize, usize)> =
            (0..12).flat_map(|n| [(n, n + 1), (n, (n * 5 + 2) % 13)]).collect();
        let drawn = drawn(13, &edges);
        for (a, &(x, y)) in drawn.nodes.iter().enumerate() {
            assert!(x >= 0.0 && x + 100.0 <= drawn.size.width && y + 40.0 <= drawn.size.height);
            for &(other_x, other_y) in &drawn.nodes[..a] {
                assert!((x - other_x).abs() >= 100.0 || (y - other_y).abs() >= 40.0);
            }
        }
    }

    #[test]
    fn what_nobody_could_follow_is_not_drawn() {
        let count = 300;
        let edges: Vec<(usize, usize)> =
            (0..count - 1).flat_map(|n| [(n, n + 1), (n, count - 1)]).collect();
        let sizes = vec![Size { width: 1.0, height: 1.0 }; count];
        assert_eq!(layout(&sizes, &edges, &[]), None);
        assert_eq!(drawn(0, &[]).size, Size { width: 0.0, height: 0.0 });
    }
}
