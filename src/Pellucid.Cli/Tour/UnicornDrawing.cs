using Pellucid.Drawings;
using Pellucid.Pictures;
using Pellucid.Web.Languages;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>The unicorn of chapter 10: a small model adds the horn to animals that are drawn as commands; is it on the head, and does it
/// move when the head does?</summary>
internal static class UnicornDrawing
{
    private const int Shown = 5;
    private const double Cell = 128, Gap = 8, Title = 30;

    /// <summary>The experiment, with its numbers and pictures.</summary>
    public static void Measure(Guide guide, Finding finding)
    {
        using var model = HornModel.Of(guide);
        var animals = Animals(guide.Quick ? 60 : 200);
        var horns = animals.Select(model.Complete).ToList();
        List<bool> Attached(IEnumerable<string> drawn) => [.. animals.Zip(drawn, HornModel.IsAttached)];
        var usual = Usual();
        var another = Share(Attached(animals.Select((_, number) => Animal.Of(TrainingText.MicroWorldSeed, number, heldOut: false).Horn)));
        finding.Central(new("tour.unicorn.horns-attached"), Tour.Measure.ShareOf(Attached(horns), another), Unit.Share,
            Bar.AtLeast(0.9, another));
        finding.Measure("tour.unicorn.horns-exact", Share(animals.Zip(horns, (animal, horn) => animal.Horn == horn)), Unit.Share);
        finding.Measure("tour.unicorn.same-horn", Share(Attached(animals.Select(_ => usual))), Unit.Share);
        finding.Measure("tour.unicorn.another-horn", another, Unit.Share);
        var moved = animals.Take(guide.Quick ? 24 : 80).Select(Moved).ToList();
        var movedHorns = moved.Select(model.Complete).ToList();
        finding.Measure("tour.unicorn.horn-moves", Share(moved.Select((animal, number) =>
            HornModel.IsAttached(animal, movedHorns[number]) && movedHorns[number] != horns[number])), Unit.Share, Bar.AtLeast(0.9));
        MeasurePlaces(model, [.. moved.Select((animal, number) => new MovedHead(model, animals[number], animal))], finding);
        finding.Show("unicorn", say => Draw(say, animals, horns, usual, moved[0], movedHorns[0]), "tour.unicorn.drawn");
    }

    private static double Share(IEnumerable<bool> right) => right.Average(one => one ? 1.0 : 0);

    private static void MeasurePlaces(HornModel model, List<MovedHead> moved, Finding finding)
    {
        double[] Mean(MovedHead.Place place)
        {
            var shares = moved.Select(one => one.Shares(place)).ToList();
            return [.. Enumerable.Range(0, model.Gpt.Config.Layers).Select(layer => shares.Average(one => one[layer]))];
        }
        var (head, elsewhere, end) = (Mean(MovedHead.Place.Head), Mean(MovedHead.Place.Elsewhere), Mean(MovedHead.Place.End));
        finding.Measure("tour.unicorn.at-the-head", head[1], Unit.Share, Bar.AtLeast(0.5));
        finding.Measure("tour.unicorn.at-the-end", end[^1], Unit.Share, Bar.AtLeast(0.5));
        IReadOnlyList<(double, double)> Points(double[] shares) => [.. shares.Select((share, layer) => ((double)layer, share))];
        finding.Show("unicorn-places", say => Curves.Draw(say["tour.unicorn.picture-places"], say["tour.picture.layer"],
            say["tour.picture.share"],
            [
                new Series(say["tour.unicorn.place-head"], Points(head)), new Series(say["tour.unicorn.place-end"], Points(end)),
                new Series(say["tour.unicorn.place-elsewhere"], Points(elsewhere)),
            ]), "tour.unicorn.places");
    }

    private static List<Animal> Animals(int count) =>
        [.. Enumerable.Range(0, count).Select(number => Animal.Of(TrainingText.MicroWorldSeed, number, heldOut: true))];

    // The horn of an animal in the middle of all.
    private static string Usual()
    {
        var many = Enumerable.Range(0, 500).Select(number => Animal.Of(TrainingText.MicroWorldSeed, number, heldOut: false)).ToList();
        return new Animal(((int)many.Average(one => one.Head.X), (int)many.Average(one => one.Head.Y)),
            (int)many.Average(one => one.HeadRadius), FacesRight: true, []).Horn;
    }

    // Three to five millimetres to a side, and up or down.
    private static Animal Moved(Animal animal, int number)
    {
        var (right, up) = (number % 2 == 0 ? 3 + number % 3 : -3 - number % 3, number / 2 % 2 == 0 ? 3 : -3);
        return animal.WithHead((animal.Head.X + right, animal.Head.Y + up));
    }

    private static Picture Draw(Language say, List<Animal> animals, List<string> horns, string usual, Animal moved, string movedHorn)
    {
        var marks = new List<Mark> { new Label(Gap, 20, say["tour.unicorn.picture"], 14) };
        for (var i = 0; i < Shown; i++)
            Place(marks, animals[i].Picture(horns[i]), i, 0);
        Place(marks, animals[0].Picture(usual), 0, 1);
        Place(marks, moved.Picture(movedHorn), 1, 1);
        marks.Add(new Label(Gap + 4, Title + 2 * (Cell + Gap) + 14, say["tour.unicorn.picture-usual"], 11, Ink: Ink.Muted));
        marks.Add(new Label(Gap + 2 * (Cell + Gap) + 4, Title + 1.5 * Cell + Gap, say["tour.unicorn.picture-moved"], 11, Ink: Ink.Muted));
        return new Picture(Shown * (Cell + Gap) + Gap, Title + 2 * (Cell + Gap) + 26, say["tour.unicorn.picture"], marks);
    }

    // On white, as on paper: the colours are the drawing's own.
    private static void Place(List<Mark> marks, string picture, int column, int row)
    {
        var (x, y) = (Gap + column * (Cell + Gap), Title + row * (Cell + Gap));
        marks.Add(new Region([[(x, y), (x + Cell, y), (x + Cell, y + Cell), (x, y + Cell)]], "#ffffff"));
        marks.AddRange(TikzDrawing.Parse(picture).ToMarks(x + 6, y + 6, Cell - 12));
    }
}
