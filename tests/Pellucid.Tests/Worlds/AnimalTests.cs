using Pellucid.Drawings;
using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

public sealed class AnimalTests
{
    private static IEnumerable<Animal> Herd(bool heldOut) => Enumerable.Range(0, 300).Select(number => Animal.Of(7, number, heldOut));

    [Fact]
    public void Every_animals_horn_is_attached_to_its_head_and_another_animals_seldom_is()
    {
        var (animals, others) = (Herd(heldOut: true).ToList(), Herd(heldOut: false).ToList());
        Assert.All(animals, animal => Assert.True(IsAttached(animal, animal.Horn)));
        Assert.True(animals.Zip(others, (animal, other) => IsAttached(animal, other.Horn)).Count(attached => attached) < animals.Count / 4);
    }

    [Fact]
    public void Places_that_are_held_out_are_never_in_the_text_to_learn_from()
    {
        Assert.All(Herd(heldOut: true), animal => Assert.True(Animal.IsHeldOut(animal.Head)));
        Assert.All(Herd(heldOut: false), animal => Assert.False(Animal.IsHeldOut(animal.Head)));
        var text = Animal.Text(7, 50);
        Assert.Equal(text, Animal.Text(7, 50));
        Assert.Equal(50, text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain('%', text);
    }

    [Fact]
    public void A_head_is_moved_with_its_eye_and_its_horn_and_nothing_else()
    {
        var animal = Animal.Of(7, 0, heldOut: true);
        var moved = animal.WithHead((animal.Head.X + 3, animal.Head.Y - 3));
        Assert.Equal(["eye", "head"], animal.Parts.Zip(moved.Parts).Where(pair => pair.First != pair.Second)
            .Select(pair => pair.First.Name).Order());
        Assert.True(IsAttached(moved, moved.Horn));
        Assert.False(IsAttached(animal.WithHead((animal.Head.X + 12, animal.Head.Y)), animal.Horn));
    }

    private static bool IsAttached(Animal animal, string horn)
    {
        var drawing = TikzDrawing.Parse(animal.Picture(horn));
        Assert.Empty(drawing.Problems);
        return Attachment.Of(drawing.Part("horn"), drawing.Part("head")).IsAttached;
    }
}
